import { createApp } from 'vue';
import App from './App.vue';
import { consent } from './consent';

createApp(App).use(consent).mount('#app');
